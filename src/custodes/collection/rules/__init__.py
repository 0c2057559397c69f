"""Pure decisions about what comes in: values in, value or error out."""
