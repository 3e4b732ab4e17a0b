"""The words that staff refuse in public names, whoever bears them: `refused.public_name` is the name rule with them."""
