;; Makes a text upper case, and tells the host each word of it.
(module
  (import "host" "word" (func $word (param i32 i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))

  ;; The next free room; nothing is ever given back.
  (func (export "allocate") (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (local.get $at) (local.get $len)))
    (loop $grow
      (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
        (then
          (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
          (br $grow))))
    (local.get $at))

  (func (export "transform") (param $at i32) (param $len i32) (result i32 i32)
    (local $here i32) (local $end i32) (local $word i32) (local $letter i32)
    (local.set $here (local.get $at))
    (local.set $word (local.get $at))
    (local.set $end (i32.add (local.get $at) (local.get $len)))
    (loop $next
      (if (i32.lt_u (local.get $here) (local.get $end))
        (then
          (local.set $letter (i32.load8_u (local.get $here)))
          (if (i32.lt_u (i32.sub (local.get $letter) (i32.const 97)) (i32.const 26))
            (then (i32.store8 (local.get $here) (i32.sub (local.get $letter) (i32.const 32)))))
          (if (i32.eq (local.get $letter) (i32.const 32))
            (then
              (call $tell (local.get $word) (local.get $here))
              (local.set $word (i32.add (local.get $here) (i32.const 1)))))
          (local.set $here (i32.add (local.get $here) (i32.const 1)))
          (br $next))))
    (call $tell (local.get $word) (local.get $end))
    (local.get $at) (local.get $len))

  ;; A word, unless there is nothing between two spaces.
  (func $tell (param $from i32) (param $to i32)
    (if (i32.lt_u (local.get $from) (local.get $to))
      (then (call $word (local.get $from) (i32.sub (local.get $to) (local.get $from)))))))
