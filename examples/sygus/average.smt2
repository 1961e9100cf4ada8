; The average of two unsigned bytes without overflow: proved when nothing satisfies the negation.
(set-logic QF_BV)
(declare-const a (_ BitVec 8))
(declare-const b (_ BitVec 8))
(define-fun average () (_ BitVec 8) (bvadd (bvand a b) (bvlshr (bvxor a b) #x01)))
(define-fun wide () (_ BitVec 9)
  (bvlshr (bvadd ((_ zero_extend 1) a) ((_ zero_extend 1) b)) (_ bv1 9)))
(assert (not (= ((_ zero_extend 1) average) wide)))
(check-sat)
