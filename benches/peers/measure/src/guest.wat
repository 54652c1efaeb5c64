;; The guest of most operations. A loop calls the host as often as its parameter says.
(module
  (import "env" "nothing" (func $nothing))
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "state" (func $state (param i32 i32) (result i32)))

  (memory (export "memory") 2)
  (global (export "global") (mut i64) (i64.const 5))
  (table (export "table") 10 funcref)
  (elem (i32.const 1) func $sum)

  (func (export "nothing"))
  (func $sum (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "swap") (param i32 i64) (result i64 i32)
    (local.get 1) (local.get 0))

  (func (export "loop nothing") (param i32)
    (loop
      (call $nothing)
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop add") (param i32)
    (loop
      (drop (call $add (local.get 0) (i32.const 2)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop state") (param i32)
    (loop
      (drop (call $state (local.get 0) (i32.const 2)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
