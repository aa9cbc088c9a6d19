"""The CDK app. `cdk synth`, `cdk deploy` and `cdk destroy` start it through `cdk.json`."""

from infra.app import main

if __name__ == "__main__":
    main()
