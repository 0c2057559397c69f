"""Drawing a sample from a frame: how many, which ones, with what probability, what replaces them, and how a panel goes on.

A `Plan` says how to draw, a `Frame` what there is; `draw_sample` answers with a `Sample` that anybody can draw again from the same frame, plan and
seed. Nothing here depends on the order of rows, on the unit of a size measure, or on the machine.
"""
