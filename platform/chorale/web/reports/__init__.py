"""What an agreement report shows: named tables, each the same on the page, as CSV, as JSON and in the download."""
