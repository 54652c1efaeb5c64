;; Guests on several threads draw one picture into one memory. A counter at address 0 says which row
;; is the next; the picture starts at 16, a byte for each point: after how many steps it escaped.
(module
  (import "env" "memory" (memory 1 64 shared))

  ;; Draws rows until none is left, and returns how many it drew.
  (func (export "draw") (param $width i32) (param $height i32) (param $steps i32) (result i32)
    (local $row i32) (local $column i32) (local $rows i32) (local $step i32)
    (local $cx f64) (local $cy f64) (local $x f64) (local $y f64) (local $t f64)
    (block $done
      (loop $next_row
        (local.set $row (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
        (br_if $done (i32.ge_u (local.get $row) (local.get $height)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 1)))
        ;; cy = row / height * 2 - 1
        (local.set $cy
          (f64.sub
            (f64.mul
              (f64.div (f64.convert_i32_u (local.get $row)) (f64.convert_i32_u (local.get $height)))
              (f64.const 2))
            (f64.const 1)))
        (local.set $column (i32.const 0))
        (loop $next_column
          ;; cx = column / width * 3 - 2
          (local.set $cx
            (f64.sub
              (f64.mul
                (f64.div
                  (f64.convert_i32_u (local.get $column))
                  (f64.convert_i32_u (local.get $width)))
                (f64.const 3))
              (f64.const 2)))
          (local.set $x (f64.const 0))
          (local.set $y (f64.const 0))
          (local.set $step (i32.const 0))
          (block $escaped
            (loop $again
              (br_if $escaped (i32.ge_u (local.get $step) (local.get $steps)))
              (br_if $escaped
                (f64.gt
                  (f64.add
                    (f64.mul (local.get $x) (local.get $x))
                    (f64.mul (local.get $y) (local.get $y)))
                  (f64.const 4)))
              ;; x, y = x * x - y * y + cx, 2 * x * y + cy
              (local.set $t
                (f64.add
                  (f64.sub
                    (f64.mul (local.get $x) (local.get $x))
                    (f64.mul (local.get $y) (local.get $y)))
                  (local.get $cx)))
              (local.set $y
                (f64.add
                  (f64.mul (f64.mul (f64.const 2) (local.get $x)) (local.get $y))
                  (local.get $cy)))
              (local.set $x (local.get $t))
              (local.set $step (i32.add (local.get $step) (i32.const 1)))
              (br $again)))
          (i32.store8
            (i32.add
              (i32.const 16)
              (i32.add (i32.mul (local.get $row) (local.get $width)) (local.get $column)))
            (local.get $step))
          (local.set $column (i32.add (local.get $column) (i32.const 1)))
          (br_if $next_column (i32.lt_u (local.get $column) (local.get $width))))
        (br $next_row)))
    (local.get $rows)))
