"""What a team sells: products and VAT rates. Documents copy from here; later changes touch none."""
