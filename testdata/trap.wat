;; Hands its parameter to a host function, which need not come back.
(module
  (import "extern" "trap" (func $trap (param i32)))
  (func (export "trap") (param i32)
    (call $trap (local.get 0))))
