//! `_socket`: what its Python part asks of the system. Sockets are descriptors here, and addresses tuples that begin with
//! their family: `(AF_INET, host, port)`, `(AF_INET6, host, port, flowinfo, scope_id)`, `(AF_UNIX, path)`; hosts are numeric.

use crate::descriptors::{error_number, file, keep};
use crate::run_python_part;
use exuvia_vm::table::Method;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Vm, function};
use rustix::io::Errno;
use rustix::net::{
    self, AddressFamily, Protocol, RecvFlags, SendFlags, Shutdown, SocketAddrAny, SocketAddrUnix,
    SocketFlags, SocketType, sockopt,
};
use std::fs::File;
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// The protocol is not supported, as the system numbers it.
const EPROTONOSUPPORT: i32 = 93;
/// The option is not known, as the system numbers it.
const ENOPROTOOPT: i32 = 92;
/// Not connected, as the system numbers it.
const ENOTCONN: i32 = 107;

static FUNCTIONS: &[Method] = &[
    function!(
        "_make",
        "($module, family, type, proto, /)",
        make,
        "The descriptor of a new socket."
    ),
    function!(
        "_pair",
        "($module, family, type, proto, /)",
        pair,
        "The descriptors of two connected sockets."
    ),
    function!(
        "_bind",
        "($module, fd, address, /)",
        bind,
        "Gives a socket an address."
    ),
    function!(
        "_connect",
        "($module, fd, address, /)",
        connect,
        "Connects a socket to an address."
    ),
    function!(
        "_listen",
        "($module, fd, backlog, /)",
        listen,
        "Lets a socket wait for connections."
    ),
    function!(
        "_accept",
        "($module, fd, /)",
        accept,
        "The descriptor of a connection, and the address that it came from."
    ),
    function!(
        "_send",
        "($module, fd, data, flags, address, /)",
        send,
        "Sends bytes, to an address if there is one; returns how many were taken."
    ),
    function!(
        "_receive",
        "($module, fd, size, flags, /)",
        receive,
        "At most so many bytes, and the address that they came from or None."
    ),
    function!(
        "_name",
        "($module, fd, /)",
        name,
        "The address of a socket."
    ),
    function!(
        "_peer",
        "($module, fd, /)",
        peer,
        "The address that a socket is connected to."
    ),
    function!(
        "_shutdown",
        "($module, fd, how, /)",
        shutdown,
        "Ends one or both directions of a connection."
    ),
    function!(
        "_option",
        "($module, fd, level, option, /)",
        option,
        "The value of an option."
    ),
    function!(
        "_set_option",
        "($module, fd, level, option, value, /)",
        set_option,
        "Sets an option."
    ),
    function!(
        "_resolve",
        "($module, host, port, /)",
        resolve,
        "The addresses of a host."
    ),
];

/// Fills `_socket`.
///
/// # Errors
/// What its Python part raises; `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    run_python_part(vm, module, "_socket")
}

/// What the system answered, as a Python exception if it is an error.
fn answer<T>(vm: &mut Vm, answer: Result<T, Errno>) -> PyResult<T> {
    answer.map_err(|error| vm.os_error(&error.into(), None))
}

fn kind(vm: &mut Vm, family: i64, kind: i64, proto: i64) -> PyResult<Kind> {
    let (Ok(family), Ok(kind), Ok(proto)) = (
        u16::try_from(family),
        u32::try_from(kind),
        u32::try_from(proto),
    ) else {
        return Err(error_number(vm, EPROTONOSUPPORT));
    };
    Ok(Kind {
        family: AddressFamily::from_raw(family),
        socket: SocketType::from_raw(kind),
        protocol: std::num::NonZeroU32::new(proto).map(Protocol::from_raw),
    })
}

struct Kind {
    family: AddressFamily,
    socket: SocketType,
    protocol: Option<Protocol>,
}

fn keep_socket(vm: &mut Vm, socket: OwnedFd) -> i32 {
    keep(vm, File::from(socket))
}

fn make(vm: &mut Vm, family: i64, socket: i64, proto: i64) -> PyResult<i32> {
    let kind = kind(vm, family, socket, proto)?;
    let made = net::socket_with(
        kind.family,
        kind.socket,
        SocketFlags::CLOEXEC,
        kind.protocol,
    );
    let made = answer(vm, made)?;
    Ok(keep_socket(vm, made))
}

fn pair(vm: &mut Vm, family: i64, socket: i64, proto: i64) -> PyResult<(i32, i32)> {
    let kind = kind(vm, family, socket, proto)?;
    let made = net::socketpair(
        kind.family,
        kind.socket,
        SocketFlags::CLOEXEC,
        kind.protocol,
    );
    let (one, other) = answer(vm, made)?;
    Ok((keep_socket(vm, one), keep_socket(vm, other)))
}

/// The address that a tuple says.
fn to_address(vm: &mut Vm, address: &PyRef) -> PyResult<SocketAddrAny> {
    let parts = match address.downcast_ref::<PyTuple>() {
        Some(parts) => parts.to_vec(),
        None => Vec::new(),
    };
    let [family, place, rest @ ..] = parts.as_slice() else {
        return Err(vm.type_error("an address is a tuple of its family and what belongs to it"));
    };
    if vm.index_i64(family)? == i64::from(AddressFamily::UNIX.as_raw()) {
        return unix_address(vm, place);
    }
    let host = place
        .downcast_ref::<PyStr>()
        .and_then(|host| host.to_text().parse::<IpAddr>().ok());
    let Some(host) = host else {
        return Err(vm.value_error("the host of an address is numeric"));
    };
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(rest) {
        let value = vm.index_i64(part)?;
        *number = u32::try_from(value)
            .map_err(|_| vm.overflow_error("a number of an address is out of range"))?;
    }
    let Ok(port) = u16::try_from(numbers[0]) else {
        return Err(vm.overflow_error("port must be 0-65535."));
    };
    Ok(match host {
        IpAddr::V4(host) => SocketAddrV4::new(host, port).into(),
        IpAddr::V6(host) => SocketAddrV6::new(host, port, numbers[1], numbers[2]).into(),
    })
}

fn unix_address(vm: &mut Vm, path: &PyRef) -> PyResult<SocketAddrAny> {
    let path = vm.bytes_like(path)?;
    let path = path.get(vm).to_vec();
    let address = match path.split_first() {
        Some((0, name)) => SocketAddrUnix::new_abstract_name(name),
        None => Ok(SocketAddrUnix::new_unnamed()),
        _ => SocketAddrUnix::new(path.as_slice()),
    };
    match address {
        Ok(address) => Ok(address.into()),
        Err(_) => Err(vm.os_error(&std::io::Error::other("AF_UNIX path too long"), None)),
    }
}

/// An address as a tuple.
fn from_address(vm: &mut Vm, address: SocketAddrAny) -> PyResult {
    let family = vm.new_int(address.address_family().as_raw().into())?;
    if let Ok(address) = SocketAddr::try_from(address.clone()) {
        return internet_tuple(vm, family, address);
    }
    let mut path = Vec::new();
    if let Ok(unix) = SocketAddrUnix::try_from(address) {
        if let Some(name) = unix.abstract_name() {
            path.push(0);
            path.extend_from_slice(name);
        } else if let Some(named) = unix.path() {
            path.extend_from_slice(named.to_bytes());
        }
    }
    let path = vm.new_bytes(&path)?.into_any();
    Ok(vm.new_tuple(&[family, path])?.into_any())
}

fn internet_tuple(vm: &mut Vm, family: PyRef, address: SocketAddr) -> PyResult {
    let host = vm.new_str(&address.ip().to_string())?.into_any();
    let port = vm.new_int(address.port().into())?;
    let mut parts = vec![family, host, port];
    if let SocketAddr::V6(address) = address {
        parts.push(vm.new_int(address.flowinfo().into())?);
        parts.push(vm.new_int(address.scope_id().into())?);
    }
    Ok(vm.new_tuple(&parts)?.into_any())
}

fn bind(vm: &mut Vm, fd: i32, address: PyRef) -> PyResult<()> {
    let (socket, address) = (file(vm, fd)?, to_address(vm, &address)?);
    answer(vm, net::bind(&*socket, &address))
}

fn connect(vm: &mut Vm, fd: i32, address: PyRef) -> PyResult<()> {
    let (socket, address) = (file(vm, fd)?, to_address(vm, &address)?);
    answer(vm, net::connect(&*socket, &address))
}

fn listen(vm: &mut Vm, fd: i32, backlog: i32) -> PyResult<()> {
    let socket = file(vm, fd)?;
    answer(vm, net::listen(&*socket, backlog))
}

fn accept(vm: &mut Vm, fd: i32) -> PyResult<(i32, PyRef)> {
    let socket = file(vm, fd)?;
    let accepted = net::acceptfrom_with(&*socket, SocketFlags::CLOEXEC);
    let (accepted, address) = answer(vm, accepted)?;
    let fd = keep_socket(vm, accepted);
    Ok((fd, optional_address(vm, address)?))
}

fn optional_address(vm: &mut Vm, address: Option<SocketAddrAny>) -> PyResult {
    match address {
        Some(address) => from_address(vm, address),
        None => Ok(vm.none()),
    }
}

fn send(vm: &mut Vm, fd: i32, data: BytesLike, flags: i64, address: PyRef) -> PyResult<usize> {
    let socket = file(vm, fd)?;
    // A broken connection is an error and not a signal.
    let flags = SendFlags::from_bits_retain(flag_bits(vm, flags)?) | SendFlags::NOSIGNAL;
    let sent = if vm.is_none(&address) {
        let data = data.get(vm);
        net::send(&*socket, &data, flags)
    } else {
        let address = to_address(vm, &address)?;
        let data = data.get(vm);
        net::sendto(&*socket, &data, flags, &address)
    };
    answer(vm, sent)
}

fn flag_bits(vm: &mut Vm, flags: i64) -> PyResult<u32> {
    u32::try_from(flags).map_err(|_| vm.overflow_error("flags are out of range"))
}

fn receive(vm: &mut Vm, fd: i32, size: i64, flags: i64) -> PyResult<(PyRef, PyRef)> {
    let socket = file(vm, fd)?;
    let flags = RecvFlags::from_bits_retain(flag_bits(vm, flags)?);
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error("negative buffersize in recv"));
    };
    let mut room = HeapVec::from_elements(vm.heap(), std::iter::repeat_n(0_u8, size))?;
    let received = net::recvfrom(&*socket, &mut room[..], flags);
    let (count, _, address) = answer(vm, received)?;
    let data = vm.new_bytes(&room[..count])?.into_any();
    Ok((data, optional_address(vm, address)?))
}

fn name(vm: &mut Vm, fd: i32) -> PyResult {
    let socket = file(vm, fd)?;
    let address = answer(vm, net::getsockname(&*socket))?;
    from_address(vm, address)
}

fn peer(vm: &mut Vm, fd: i32) -> PyResult {
    let socket = file(vm, fd)?;
    match answer(vm, net::getpeername(&*socket))? {
        Some(address) => from_address(vm, address),
        None => Err(error_number(vm, ENOTCONN)),
    }
}

fn shutdown(vm: &mut Vm, fd: i32, how: i64) -> PyResult<()> {
    let socket = file(vm, fd)?;
    let how = match how {
        0 => Shutdown::Read,
        1 => Shutdown::Write,
        2 => Shutdown::Both,
        _ => return Err(error_number(vm, crate::descriptors::EINVAL)),
    };
    answer(vm, net::shutdown(&*socket, how))
}

/// An option that both directions know.
struct SocketOption {
    level: i64,
    name: i64,
    get: fn(&Rc<File>) -> Result<usize, Errno>,
    set: fn(&Rc<File>, usize) -> Result<(), Errno>,
}

macro_rules! flag_option {
    ($level:expr, $name:expr, $get:ident, $set:ident) => {
        SocketOption {
            level: $level,
            name: $name,
            get: |socket| sockopt::$get(&**socket).map(usize::from),
            set: |socket, value| sockopt::$set(&**socket, value != 0),
        }
    };
}

/// Options of which the value is a number, by the numbers of Linux.
static OPTIONS: &[SocketOption] = &[
    flag_option!(1, 2, socket_reuseaddr, set_socket_reuseaddr),
    flag_option!(1, 6, socket_broadcast, set_socket_broadcast),
    flag_option!(1, 9, socket_keepalive, set_socket_keepalive),
    flag_option!(1, 15, socket_reuseport, set_socket_reuseport),
    flag_option!(6, 1, tcp_nodelay, set_tcp_nodelay),
    flag_option!(41, 26, ipv6_v6only, set_ipv6_v6only),
    SocketOption {
        level: 1,
        name: 7,
        get: |socket| sockopt::socket_send_buffer_size(&**socket),
        set: |socket, value| sockopt::set_socket_send_buffer_size(&**socket, value),
    },
    SocketOption {
        level: 1,
        name: 8,
        get: |socket| sockopt::socket_recv_buffer_size(&**socket),
        set: |socket, value| sockopt::set_socket_recv_buffer_size(&**socket, value),
    },
];

/// `SOL_SOCKET`, and options of it that can only be read.
const SOL_SOCKET: i64 = 1;
const SO_TYPE: i64 = 3;
const SO_ERROR: i64 = 4;

fn option(vm: &mut Vm, fd: i32, level: i64, name: i64) -> PyResult<usize> {
    let socket = file(vm, fd)?;
    let found = match (level, name) {
        (SOL_SOCKET, SO_TYPE) => sockopt::socket_type(&*socket).map(|kind| kind.as_raw() as usize),
        (SOL_SOCKET, SO_ERROR) => sockopt::socket_error(&*socket).map(|error| match error {
            Ok(()) => 0,
            Err(error) => error.raw_os_error().unsigned_abs() as usize,
        }),
        _ => (known_option(vm, level, name)?.get)(&socket),
    };
    answer(vm, found)
}

fn known_option(vm: &mut Vm, level: i64, name: i64) -> PyResult<&'static SocketOption> {
    let mut options = OPTIONS.iter();
    let found = options.find(|option| (option.level, option.name) == (level, name));
    found.ok_or_else(|| error_number(vm, ENOPROTOOPT))
}

fn set_option(vm: &mut Vm, fd: i32, level: i64, name: i64, value: i64) -> PyResult<()> {
    let socket = file(vm, fd)?;
    let option = known_option(vm, level, name)?;
    let Ok(value) = usize::try_from(value) else {
        return Err(error_number(vm, crate::descriptors::EINVAL));
    };
    answer(vm, (option.set)(&socket, value))
}

fn resolve(vm: &mut Vm, host: Ref<PyStr>, port: i64) -> PyResult {
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error("getaddrinfo: port must be 0-65535."));
    };
    let mut found = Vec::new();
    // Whatever went wrong, nothing was found: the Python part says it as `getaddrinfo` does.
    let addresses = (&*host.to_text(), port).to_socket_addrs();
    for address in addresses.into_iter().flatten() {
        let family = if address.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        let family = vm.new_int(family.as_raw().into())?;
        found.push(internet_tuple(vm, family, address)?);
    }
    Ok(vm.new_list(found)?.into_any())
}
