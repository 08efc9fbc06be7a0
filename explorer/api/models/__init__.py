"""What is answered, as pydantic models: the OpenAPI document is made of them, and tests hold answers to them.

Integers are exact and in base units, named with their unit; bytes are hexadecimal; missing is null, never 0.
"""
