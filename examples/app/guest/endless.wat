;; Never comes to an end.
(module
  (memory (export "memory") 1)
  (func (export "allocate") (param $len i32) (result i32) (i32.const 0))
  (func (export "transform") (param $at i32) (param $len i32) (result i32 i32)
    (loop $again (br $again))
    unreachable))
