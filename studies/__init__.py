"""The published case studies, reproduced: data in, figures and tables out."""
