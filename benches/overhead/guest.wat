;; What the pairs call. A loop calls the host as often as its parameter says.
(module
  (import "env" "nothing" (func $nothing))
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "eight"
    (func $eight (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "state" (func $state (param i32 i32) (result i32)))
  (import "env" "nest" (func $nest (param i32 i32) (result i32)))

  (memory (export "memory") 2)
  (data (i32.const 16) "\07")
  (global (export "global") (mut i64) (i64.const 5))
  (table (export "table") 10 funcref)
  (elem (i32.const 1) func $inner)

  (func (export "nothing"))
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "mixed") (param i64 f64 i32) (result f64)
    (f64.add
      (f64.add (f64.convert_i64_s (local.get 0)) (local.get 1))
      (f64.convert_i32_s (local.get 2))))
  (func (export "swap") (param i32 i64) (result i64 i32)
    (local.get 1) (local.get 0))
  (func $inner (export "inner") (param i32 i32) (result i32)
    (call $add (local.get 0) (local.get 1)))

  (func (export "loop nothing") (param i32)
    (loop
      (call $nothing)
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop add") (param i32)
    (loop
      (drop (call $add (local.get 0) (i32.const 2)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop eight") (param i32)
    (loop
      (drop (call $eight
        (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4)
        (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop state") (param i32)
    (loop
      (drop (call $state (local.get 0) (i32.const 2)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "loop nest") (param i32)
    (loop
      (drop (call $nest (local.get 0) (i32.const 2)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
