;; Works in the directory of descriptor 3. Results are WASI's error codes: 0, 76 for "not capable", ….
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file"
    (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "out.txt")
  (data (i32.const 80) "in.txt")
  (data (i32.const 96) "written by the guest")

  ;; Opens a file with the right to read (2) or write (64), and leaves its descriptor at 8.
  (func $open (param $name i32) (param $len i32) (param $flags i32) (param $rights i64) (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (local.get $name) (local.get $len)
      (local.get $flags) (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 8)))

  ;; Creates out.txt and writes into it.
  (func (export "write") (result i32)
    (local $error i32)
    (local.set $error (call $open (i32.const 64) (i32.const 7) (i32.const 1) (i64.const 64)))
    (if (local.get $error) (then (return (local.get $error))))
    (i32.store (i32.const 0) (i32.const 96))
    (i32.store (i32.const 4) (i32.const 20))
    (local.set $error
      (call $fd_write (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 12)))
    (drop (call $fd_close (i32.load (i32.const 8))))
    (local.get $error))

  ;; Opens in.txt, which is there, to write into it.
  (func (export "overwrite") (result i32)
    (call $open (i32.const 80) (i32.const 6) (i32.const 0) (i64.const 64)))

  (func (export "unlink") (result i32)
    (call $path_unlink_file (i32.const 3) (i32.const 80) (i32.const 6)))

  ;; Reads in.txt; the error code and the number of bytes.
  (func (export "read") (result i32 i32)
    (local $error i32)
    (local.set $error (call $open (i32.const 80) (i32.const 6) (i32.const 0) (i64.const 2)))
    (if (local.get $error) (then (return (local.get $error) (i32.const 0))))
    (i32.store (i32.const 0) (i32.const 8192))
    (i32.store (i32.const 4) (i32.const 4096))
    (call $fd_read (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 12))
    (drop (call $fd_close (i32.load (i32.const 8))))
    (i32.load (i32.const 12)))

  ;; A byte of what was read.
  (func (export "byte") (param $index i32) (result i32)
    (i32.load8_u offset=8192 (local.get $index))))
