;; Ends itself with a code.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "exit") (param $code i32) (result i32)
    (call $proc_exit (local.get $code))
    (i32.const 1))
  (func (export "one") (result i32) (i32.const 1)))
