//! Folders that this user alone writes to, and the files in them.

use crate::vocabulary::Quoted;
use std::fs;
use std::io;
use std::path::Path;

/// Makes a folder that is this user's alone, and new.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file to read: neither another place's, nor one that another end has to be opened for
/// first.
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK,
    );
    options.open(path)
}

/// Makes sure that nobody else can put another folder in the place of this one, whose path has no
/// symbolic links in it.
///
/// # Errors
///
/// The first folder above it in which others may.
pub(crate) fn is_out_of_reach(folder: &Path) -> io::Result<()> {
    for above in folder.ancestors().skip(1) {
        if !is_safe(&fs::metadata(above)?) {
            let text = format!(
                "others may put another folder in its place, since they may write to {}; take one \
                 below a folder that is yours",
                Quoted::path(above)
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
    }
    Ok(())
}

/// Whether this user alone may have written it.
#[cfg(unix)]
pub(crate) fn is_own(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    metadata.uid() == user() && metadata.mode() & 0o022 == 0
}

/// Whether nobody but this user and the system administrator can rename what others own in it.
#[cfg(unix)]
fn is_safe(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    let sticky = metadata.mode() & 0o1000 != 0;
    (metadata.uid() == user() || metadata.uid() == 0) && (sticky || metadata.mode() & 0o022 == 0)
}

#[cfg(unix)]
fn user() -> u32 {
    // SAFETY: asks for a number, and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(not(unix))]
pub(crate) fn is_own(_: &fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_safe(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn change(path: &Path, mode: u32) -> fs::Metadata {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        fs::metadata(path).unwrap()
    }

    #[test]
    fn s10_a_folder_is_made_for_this_user_alone() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("new");
        create(&folder).unwrap();
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        create(&folder).unwrap_err();
    }

    #[test]
    fn s10_a_link_is_not_followed_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "text").unwrap();
        symlink(&file, &link).unwrap();
        open(&file).unwrap();
        open(&link).unwrap_err();
    }

    #[test]
    fn s10_who_may_change_what_is_told_by_owner_and_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        // Whether it is this user's alone, and whether others can rename nothing in it.
        let modes = [
            (0o700, true, true),
            (0o755, true, true),
            (0o775, false, false),
            (0o757, false, false),
            (0o777, false, false),
            (0o1777, false, true),
            (0o1755, true, true),
        ];
        for (mode, own, safe) in modes {
            let metadata = change(path, mode);
            assert_eq!(is_own(&metadata), own, "{mode:o}");
            assert_eq!(is_safe(&metadata), safe, "{mode:o}");
        }
        // A folder of the administrator's, and of somebody else's.
        let root = fs::metadata("/").unwrap();
        #[cfg(target_os = "linux")]
        if user() == 0 {
            use std::os::unix::fs::chown;

            chown(path, Some(4711), None).unwrap();
            let other = fs::metadata(path).unwrap();
            chown(path, Some(4712), None).unwrap();
            let own = fs::metadata(path).unwrap();
            std::thread::spawn(move || {
                // SAFETY: by number it changes the user of this thread alone, which ends soon.
                let set = unsafe { libc::syscall(libc::SYS_setresuid, -1, 4712, -1) };
                assert_eq!((set, user()), (0, 4712));
                assert!(is_own(&own) && is_safe(&own));
                assert!(!is_own(&root) && is_safe(&root));
                assert!(!is_own(&other) && !is_safe(&other));
            })
            .join()
            .unwrap();
            return;
        }
        assert!(!is_own(&root) && is_safe(&root));
    }

    #[test]
    fn s10_a_folder_below_one_that_others_write_to_is_refused() {
        let above = tempfile::tempdir().unwrap();
        let above = above.path().canonicalize().unwrap();
        let folder = above.join("between").join("own");
        fs::create_dir_all(&folder).unwrap();
        is_out_of_reach(&folder).unwrap();
        change(&folder, 0o777);
        is_out_of_reach(&folder).unwrap();
        change(&above, 0o777);
        let error = is_out_of_reach(&folder).unwrap_err();
        let name = Quoted::path(&above).to_string();
        assert!(error.to_string().contains(&name), "{error}");
        change(&above, 0o1777);
        is_out_of_reach(&folder).unwrap();
    }
}
