; Quotient and remainder by seven: two functions in one problem.
(set-logic LIA)

(synth-fun quotient ((n Int)) Int
  ((N Int)) ((N Int (n (Constant Int) (+ N N) (- N N) (div N 7) (mod N 7)))))
(synth-fun remainder ((n Int)) Int
  ((N Int)) ((N Int (n (Constant Int) (+ N N) (- N N) (div N 7) (mod N 7)))))

(declare-var n Int)

(constraint (= n (+ (* 7 (quotient n)) (remainder n))))
(constraint (and (<= 0 (remainder n)) (< (remainder n) 7)))

(check-synth)
