;; What instances are made of: no memory, since to make one is system calls, the same for all.
(module
  (global (export "global") (mut i32) (i32.const 1))
  (table (export "table") 4 funcref)
  (elem (i32.const 0) func $add)
  (func $add (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "sub") (param i32 i32) (result i32)
    (i32.sub (local.get 0) (local.get 1))))
