(set-logic LIA)
(synth-fun f ((x Int)) Bool)
(declare-var x Int)
(check-synth)
