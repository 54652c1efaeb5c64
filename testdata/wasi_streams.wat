;; Writes to the standard output, and copies the standard input to it.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "hello from the guest\n")

  ;; Writes $len bytes at $from to descriptor $fd; the error code.
  (func $write (param $fd i32) (param $from i32) (param $len i32) (result i32)
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $len))
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))

  (func (export "hello") (param $fd i32) (result i32)
    (call $write (local.get $fd) (i32.const 64) (i32.const 21)))

  ;; Copies at most 4096 bytes.
  (func (export "cat") (result i32)
    (local $error i32)
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 4096))
    (local.set $error (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (if (result i32) (local.get $error)
      (then (local.get $error))
      (else (call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 8)))))))
