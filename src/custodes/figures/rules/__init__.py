"""Pure decisions on how numbers look: values in, words, Vega-Lite specifications or SVG out."""
