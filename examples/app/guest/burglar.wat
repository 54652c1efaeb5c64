;; Wants more of the host than there is.
(module
  (import "host" "open_door" (func $open (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "allocate") (param $len i32) (result i32) (call $open (local.get $len)))
  (func (export "transform") (param $at i32) (param $len i32) (result i32 i32)
    (local.get $at) (local.get $len)))
