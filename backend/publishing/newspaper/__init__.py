"""The newspaper 报纸: issues of pages of slots, set once for print and for the web 数字报."""
