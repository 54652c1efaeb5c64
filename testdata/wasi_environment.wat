;; Reads the arguments and the environment into its memory: pointers from 1024 on, text from 8192 on.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get"
    (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get"
    (func $environ_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)

  ;; How many there are, and the bytes of their text with its NULs.
  (func (export "args") (result i32 i32)
    (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $args_get (i32.const 1024) (i32.const 8192)))
    (i32.load (i32.const 0)) (i32.load (i32.const 4)))

  (func (export "environ") (result i32 i32)
    (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
    (drop (call $environ_get (i32.const 1024) (i32.const 8192)))
    (i32.load (i32.const 0)) (i32.load (i32.const 4)))

  ;; A byte of the text.
  (func (export "byte") (param $index i32) (result i32)
    (i32.load8_u offset=8192 (local.get $index))))
