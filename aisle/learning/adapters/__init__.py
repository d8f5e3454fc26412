"""Parameter-efficient fine-tuning: small trained parts beside a frozen network, kept apart, switched and merged.

``methods.METHODS`` lists the kinds, ``adapters.Adapters`` holds those of one network, ``targets`` says where they go.
"""
