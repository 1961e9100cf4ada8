; A loop moves units from x to y, one at a time: the sum stays, and at the end y has all of it.
(set-logic LIA)

(synth-inv moving ((x Int) (y Int) (total Int)))

(define-fun pre ((x Int) (y Int) (total Int)) Bool
  (and (>= x 0) (= y 0) (= x total)))
(define-fun step ((x Int) (y Int) (total Int) (x! Int) (y! Int) (total! Int)) Bool
  (and (> x 0) (= x! (- x 1)) (= y! (+ y 1)) (= total! total)))
(define-fun post ((x Int) (y Int) (total Int)) Bool
  (=> (<= x 0) (= y total)))

(inv-constraint moving pre step post)

(check-synth)
