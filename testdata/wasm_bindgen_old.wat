;; A guest as wasm-bindgen 0.2.61 and its tool made it: an allocation has no alignment, a 64-bit integer is
;; two parameters, and what does not fit one result goes where the first parameter points. Written by hand,
;; since the compilers of today do not build that version; its allocator counts, and checks what is freed.
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (global $live (mut i32) (i32.const 0))
  (global $last (mut i32) (i32.const 0))
  (data (i32.const 512) "hello ")

  ;; Before each block: its size.
  (func $malloc (export "__wbindgen_malloc") (param $size i32) (result i32)
    (local $at i32)
    ;; Nothing is made for nothing, as in Rust.
    (if (i32.eqz (local.get $size)) (then (return (i32.const 4))))
    ;; All free: start again.
    (if (i32.eqz (global.get $live)) (then (global.set $top (i32.const 1024))))
    (local.set $at (i32.add (global.get $top) (i32.const 8)))
    (global.set $top
      (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (block $fits
      (loop $grow
        (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
        (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
        (unreachable)))
    (i32.store (i32.sub (local.get $at) (i32.const 8)) (local.get $size))
    (global.set $live (i32.add (global.get $live) (i32.const 1)))
    (local.get $at))

  (func $free (export "__wbindgen_free") (param $at i32) (param $size i32)
    (if (i32.eqz (local.get $size)) (then (return)))
    (if (i32.ne (i32.load (i32.sub (local.get $at) (i32.const 8))) (local.get $size))
      (then (unreachable)))
    ;; What was freed is overwritten: a host has to copy before.
    (i32.store (i32.sub (local.get $at) (i32.const 8)) (i32.const 0))
    (memory.fill (local.get $at) (i32.const 0xff) (local.get $size))
    (global.set $live (i32.sub (global.get $live) (i32.const 1))))

  (func (export "say") (param $ret i32) (param $at i32) (param $len i32)
    (local $text i32) (local $size i32)
    (global.set $last (local.get $ret))
    (local.set $size (i32.add (local.get $len) (i32.const 6)))
    (local.set $text (call $malloc (local.get $size)))
    (memory.copy (local.get $text) (i32.const 512) (i32.const 6))
    (memory.copy (i32.add (local.get $text) (i32.const 6)) (local.get $at) (local.get $len))
    (call $free (local.get $at) (local.get $len))
    (i32.store (local.get $ret) (local.get $text))
    (i32.store offset=4 (local.get $ret) (local.get $size)))

  (func (export "add64") (param $ret i32) (param i32 i32 i32 i32)
    (global.set $last (local.get $ret))
    (i64.store (local.get $ret)
      (i64.add
        (i64.or (i64.extend_i32_u (local.get 1)) (i64.shl (i64.extend_i32_u (local.get 2)) (i64.const 32)))
        (i64.or (i64.extend_i32_u (local.get 3)) (i64.shl (i64.extend_i32_u (local.get 4)) (i64.const 32))))))

  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "len") (param $at i32) (param $len i32) (result i32)
    (call $free (local.get $at) (local.get $len))
    (local.get $len))
  (func (export "nothing"))

  (func (export "live_blocks") (result i32) (global.get $live))
  (func (export "last_return_pointer") (result i32) (global.get $last)))
