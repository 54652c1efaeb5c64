;; A module, but none of ours: its function is of another type.
(module
  (memory (export "memory") 1)
  (func (export "allocate") (param $len i32) (result i32) (i32.const 0))
  (func (export "transform") (param $number f64) (result f64) (local.get $number)))
