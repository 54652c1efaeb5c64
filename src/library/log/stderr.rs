//! Messages that the program asked for by a level, and has no callback for: they go to the standard
//! error. The standard output belongs to the program.

use std::io::{self, Write};

use super::Record;

/// Writes a line, at once. Nobody reads it, perhaps; there is nobody to tell then.
pub(super) fn write(record: &Record) {
    let line = format!("{}{record}\n", time(record));
    let _ = write_line(line.as_bytes());
}

/// Not through `io::stderr`: a thread that has locked it may be waiting for the library's log.
#[cfg(unix)]
fn write_line(line: &[u8]) -> io::Result<()> {
    use std::fs::File;
    use std::mem::ManuallyDrop;
    use std::os::fd::FromRawFd;

    // SAFETY: the standard error is open or not, which the write tells; it is not closed here.
    let file = unsafe { File::from_raw_fd(libc::STDERR_FILENO) };
    ManuallyDrop::new(file).write_all(line)
}

#[cfg(not(unix))]
fn write_line(line: &[u8]) -> io::Result<()> {
    io::stderr().write_all(line)
}

/// `[2024-12-31 23:59:59.123] `, in local time.
#[cfg(unix)]
fn time(record: &Record) -> String {
    use std::time::SystemTime;

    let since = record.time().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or_default();
    let Ok(seconds) = libc::time_t::try_from(since.as_secs()) else {
        return String::new();
    };
    // SAFETY: numbers and a pointer that may be null, for all of which zero is a value.
    let mut local: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both live during the call. The library's own log does the same.
    if unsafe { libc::localtime_r(&seconds, &mut local) }.is_null() {
        return String::new();
    }
    format!(
        "[{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}] ",
        i64::from(local.tm_year) + 1900,
        local.tm_mon + 1,
        local.tm_mday,
        local.tm_hour,
        local.tm_min,
        local.tm_sec,
        since.subsec_millis(),
    )
}

#[cfg(not(unix))]
fn time(_: &Record) -> String {
    String::new()
}
