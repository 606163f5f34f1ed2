"""The kinds of job, one file each, named as the kind: it calls `engine.register` when it is imported.

A kind's file says how the work is cut and what one step does; what a step does to rows stands in `chorale.store`.
"""
