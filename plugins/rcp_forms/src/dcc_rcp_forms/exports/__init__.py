"""What leaves a form: documents, dictionaries, questionnaires, pages."""
