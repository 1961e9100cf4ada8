; Keep only the lowest bit that is set, without a loop.
(set-logic BV)

(synth-fun lowest ((x (_ BitVec 32))) (_ BitVec 32)
  ((Start (_ BitVec 32)))
  ((Start (_ BitVec 32) (x #x00000000 #x00000001
                         (bvnot Start) (bvneg Start)
                         (bvand Start Start) (bvor Start Start) (bvxor Start Start)
                         (bvadd Start Start) (bvsub Start Start)))))

(declare-var x (_ BitVec 32))

; The result is a part of x, is a power of two, and everything below it is clear.
(constraint (= (bvand (lowest x) x) (lowest x)))
(constraint (= (bvand (lowest x) (bvsub (lowest x) #x00000001)) #x00000000))
(constraint (=> (distinct x #x00000000) (distinct (lowest x) #x00000000)))
(constraint (= (bvand x (bvsub (lowest x) #x00000001))
               (ite (= x #x00000000) x #x00000000)))

(check-synth)
