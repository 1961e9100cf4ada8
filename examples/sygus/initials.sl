; From "Ada Lovelace" to "A.L.": by examples.
(set-logic SLIA)

(synth-fun initials ((name String)) String
  ((Text String) (Number Int))
  ((Text String (name " " "." ""
                 (str.++ Text Text)
                 (str.at Text Number)
                 (str.substr Text Number Number)))
   (Number Int (0 1 2
                (+ Number Number)
                (str.len Text)
                (str.indexof Text Text Number)))))

(constraint (= (initials "Ada Lovelace") "A.L."))
(constraint (= (initials "Alan Turing") "A.T."))
(constraint (= (initials "Grace Hopper") "G.H."))
(constraint (= (initials "Barbara Liskov") "B.L."))

(check-synth)
