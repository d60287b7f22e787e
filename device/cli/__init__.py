"""What the commands of a wallet and of a till share: how they end, how messages travel, how a device is
opened."""
