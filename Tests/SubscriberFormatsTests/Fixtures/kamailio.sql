-- MySQL dump 10.19
DROP TABLE IF EXISTS `subscriber`;
CREATE TABLE `subscriber` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `username` varchar(64) NOT NULL DEFAULT '',
  `domain` varchar(64) NOT NULL DEFAULT '',
  `password` varchar(64) NOT NULL DEFAULT '',
  `ha1` varchar(128) NOT NULL DEFAULT '',
  `ha1b` varchar(128) NOT NULL DEFAULT '',
  PRIMARY KEY (`id`),
  UNIQUE KEY `account_idx` (`username`,`domain`)
) ENGINE=InnoDB;
INSERT INTO `subscriber` VALUES (1,'alice','example.org','for-tests-only','',''),(2,'bob','example.org','','579632f644fa3b696fe007925d5f4e74','051c0689e6ca584edb49be8ac1c6b353'),(3,'carol','example.org','','579632f644fa3b696fe007925d5f4e74','');
