;; Finds the complete and valid field lines of a message, 16 bytes at a time. It stops at any other line
;; (incomplete, empty, or invalid), which field_section_parser.ts then parses.
;;
;;     field-line   = field-name ":" OWS field-value OWS CRLF
;;     field-name   = token
;;     field-value  = *( VCHAR / obs-text / SP / HTAB )
;;
;; Memory, as i32: the end of the last complete line; from byte 16 on, for each line, its start, the end of the
;; name, and the start and the end of the value without the whitespace around it. The message lies after these
;; results.
(module
  (memory (export "memory") 1)

  (func $is_blank (param $byte i32) (result i32)
    (i32.or (i32.eq (local.get $byte) (i32.const 0x20)) (i32.eq (local.get $byte) (i32.const 0x09))))

  ;; Scans from $at, the start of a line, to $stop. Returns the number of lines found, at most $most.
  (func (export "scan") (param $at i32) (param $stop i32) (param $most i32) (result i32)
    (local $found i32)
    (local $line i32)
    (local $mask i32)
    (local $bytes v128)
    (local $name_end i32)
    (local $value i32)
    (local $value_end i32)
    (local $out i32)
    (local $end i32)
    (local.set $end (local.get $at))
    (block $done
      (loop $lines
        (br_if $done (i32.ge_u (local.get $found) (local.get $most)))
        (local.set $line (local.get $at))

        ;; The name: one bit for each byte that is not a tchar. The low four bits of a byte select a set of values
        ;; of the high four bits (0 to 7, because no byte above is a tchar); the high four bits select a member of
        ;; that set.
        (loop $name
          (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
          (local.set $bytes (v128.load (local.get $at)))
          (local.set $mask
            (i8x16.bitmask
              (i8x16.eq
                (v128.and
                  (i8x16.swizzle
                    (v128.const i8x16 0xe8 0xfc 0xf8 0xfc 0xfc 0xfc 0xfc 0xfc 0xf8 0xf8 0xf4 0x54 0xd0 0x54 0xf4 0x70)
                    (v128.and (local.get $bytes) (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f)))
                  (i8x16.swizzle
                    (v128.const i8x16 1 2 4 8 16 32 64 128 0 0 0 0 0 0 0 0)
                    (v128.and
                      (i16x8.shr_u (local.get $bytes) (i32.const 4))
                      (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f))))
                (v128.const i64x2 0 0))))
          (if (i32.eqz (local.get $mask))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 16)))
              (br $name))))
        (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $mask))))
        (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
        (br_if $done (i32.eq (local.get $at) (local.get $line)))
        (br_if $done (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x3a)))
        (local.set $name_end (local.get $at))

        (loop $blanks
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
          (br_if $blanks (call $is_blank (i32.load8_u (local.get $at)))))
        (local.set $value (local.get $at))

        ;; The value: one bit for each control character.
        (loop $value_bytes
          (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
          (local.set $bytes (v128.load (local.get $at)))
          (local.set $mask
            (i8x16.bitmask
              (v128.or
                (i8x16.lt_u (local.get $bytes) (v128.const i32x4 0x20202020 0x20202020 0x20202020 0x20202020))
                (i8x16.eq (local.get $bytes) (v128.const i32x4 0x7f7f7f7f 0x7f7f7f7f 0x7f7f7f7f 0x7f7f7f7f)))))
          (if (i32.eqz (local.get $mask))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 16)))
              (br $value_bytes)))
          (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $mask))))
          (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x09))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $value_bytes))))
        (local.set $value_end (local.get $at))
        (local.set $at (i32.add (local.get $at) (i32.const 2)))
        (br_if $done (i32.gt_u (local.get $at) (local.get $stop)))
        (br_if $done (i32.ne (i32.load16_u (local.get $value_end)) (i32.const 0x0a0d)))

        (block $trimmed
          (loop $trim
            (br_if $trimmed (i32.le_u (local.get $value_end) (local.get $value)))
            (br_if $trimmed
              (i32.eqz (call $is_blank (i32.load8_u (i32.sub (local.get $value_end) (i32.const 1))))))
            (local.set $value_end (i32.sub (local.get $value_end) (i32.const 1)))
            (br $trim)))

        (i32.store offset=16 (local.get $out) (local.get $line))
        (i32.store offset=20 (local.get $out) (local.get $name_end))
        (i32.store offset=24 (local.get $out) (local.get $value))
        (i32.store offset=28 (local.get $out) (local.get $value_end))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $found (i32.add (local.get $found) (i32.const 1)))
        (local.set $end (local.get $at))
        (br $lines)))
    (i32.store (i32.const 0) (local.get $end))
    (local.get $found)))
