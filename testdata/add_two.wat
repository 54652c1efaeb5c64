;; Hands its two parameters to a host function and returns what that returns.
(module
  (import "extern" "add" (func $add (param i32 i32) (result i32)))
  (func (export "addTwo") (param i32 i32) (result i32)
    (call $add (local.get 0) (local.get 1))))
