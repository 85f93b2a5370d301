"""What is said of synthetic data, wherever a release is told of: the same words in each file.

Not here: which data are synthetic (SOURCE.yml of a delivery, is_synthetic in the tables).
"""

NOTE = {
    "nb": "Inneholder SYNTETISKE eksempeldata, som ikke sier noe om hva noen har svart.",
    "en": "Holds SYNTHETIC sample data, which say nothing about what anybody answered.",
}
