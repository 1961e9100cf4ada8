; Clamp an integer to the range between two bounds.
(set-logic LIA)

(synth-fun clamp ((x Int) (low Int) (high Int)) Int)

(declare-var x Int)
(declare-var low Int)
(declare-var high Int)

(constraint (=> (<= low high) (>= (clamp x low high) low)))
(constraint (=> (<= low high) (<= (clamp x low high) high)))
(constraint (=> (and (<= low x) (<= x high)) (= (clamp x low high) x)))
(constraint (=> (and (<= low high) (< x low)) (= (clamp x low high) low)))
(constraint (=> (and (<= low high) (> x high)) (= (clamp x low high) high)))

(check-synth)
