"""The client's pages: views over the same models, behind one gate."""
