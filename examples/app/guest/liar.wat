;; Gives a text that begins within its memory and ends behind it.
(module
  (memory (export "memory") 1)
  (func (export "allocate") (param $len i32) (result i32) (i32.const 0))
  (func (export "transform") (param $at i32) (param $len i32) (result i32 i32)
    (i32.const 65530) (i32.const 10)))
