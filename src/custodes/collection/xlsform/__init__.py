"""XLSForms: what kind of file it is, what is wrong with it and where, and its XForm. No Django here; a background job calls `convert_form`."""
