"""The decision-ready report: twenty parts made from one frozen extract, each number traceable, none that may not leave."""
