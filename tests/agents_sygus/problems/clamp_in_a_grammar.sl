(set-logic LIA)
(synth-fun clamp ((x Int)) Int
  ((I Int (x 0 1 (+ I I) (- I I) (ite B I I))) (B Bool ((<= I I) (not B) (and B B)))))
(declare-var x Int)
(constraint (=> (> x 3) (= (clamp x) 3)))
(constraint (=> (< x (- 2)) (= (clamp x) (- 2))))
(constraint (=> (and (<= x 3) (>= x (- 2))) (= (clamp x) x)))
(check-synth)
