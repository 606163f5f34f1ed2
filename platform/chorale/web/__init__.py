"""The pages of Chorale: server-rendered HTML, small scripts, one look for lists, jobs, soft labels and charts."""
