"""HPRIM Médecin: text files of twelve header lines and a letter."""
