# Zones of the system's database, as far as it is there; without it, a file of the program's own.
import io
import zoneinfo
from datetime import UTC, datetime, timedelta

# TZif, version 1: an hour ahead of UTC, from 2000-06-01 to 2000-09-01 two.
changes = [959810400, 967759200]
header = b"TZif" + bytes(16) + b"".join(count.to_bytes(4) for count in (0, 0, 0, 2, 2, 8))
kinds = (3600).to_bytes(4) + b"\0\0" + (7200).to_bytes(4) + b"\1\4"
data = header + b"".join(change.to_bytes(4) for change in changes) + b"\1\0" + kinds + b"ONE\0TWO\0"
zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(data), key="Own/Zone")

print(zone, zoneinfo.TZPATH)
for text in "2000-01-01", "2000-06-01", "2000-06-01T00:30", "2000-07-01T12:00", "2000-08-31T23:30", "2000-09-01":
    for fold in 0, 1:
        local = datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)
        print(local, fold, local.tzname(), local.dst(), local.astimezone(UTC), local.timestamp(), f"{local:%Z %z}")
for hours in range(5):
    utc = datetime(2000, 8, 31, 20, 30, tzinfo=UTC) + timedelta(hours=hours)
    local = utc.astimezone(zone)
    print(utc, local, local.fold, local == utc, local - utc, hash(local) == hash(utc))
first, second = (datetime(2000, 9, 1, 0, 30, tzinfo=zone, fold=fold) for fold in (0, 1))
print(first == second, first < second, first.astimezone(UTC) < second.astimezone(UTC), datetime.now(zone).tzinfo is zone)
try:
    print(zoneinfo.ZoneInfo("No/Such_Zone"))
except zoneinfo.ZoneInfoNotFoundError as error:
    print(error)
