;; What the guided tour visits: an import, and exports of all kinds.
(module
  (import "host" "note" (func $note (param $at i32) (param $len i32)))
  (memory (export "memory") 1 4)
  (data (i32.const 0) "a guest")
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (table (export "operations") 2 4 funcref)
  (elem (i32.const 0) $double)
  (type $operation (func (param i32) (result i32)))

  (func $double (type $operation) (i32.mul (local.get 0) (i32.const 2)))

  ;; Tells the host what is at the beginning of the memory.
  (func (export "greet")
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (call $note (i32.const 0) (i32.const 7)))

  (func (export "divide") (param i32 i32) (result i32 i32)
    (i32.div_s (local.get 0) (local.get 1))
    (i32.rem_s (local.get 0) (local.get 1)))

  ;; Applies an operation of the table.
  (func (export "apply") (param $index i32) (param $value i32) (result i32)
    (call_indirect (type $operation) (local.get $value) (local.get $index)))

  (func (export "same") (param externref) (result externref) (local.get 0))

  (func (export "spin") (loop $again (br $again))))
