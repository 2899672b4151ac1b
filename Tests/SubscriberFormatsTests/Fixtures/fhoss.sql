-- MySQL dump 10.11
--
-- Host: localhost    Database: hss_db
/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS `impi`;
CREATE TABLE `impi` (
  `id` int(11) NOT NULL auto_increment,
  `id_imsu` int(11) default NULL,
  `identity` varchar(255) NOT NULL default '',
  `k` tinyblob NOT NULL,
  `auth_scheme` int(11) NOT NULL default '0',
  `default_auth_scheme` int(11) NOT NULL default '1',
  `amf` tinyblob NOT NULL,
  `op` tinyblob NOT NULL,
  `sqn` varchar(64) NOT NULL default '000000000000',
  `ip` varchar(64) NOT NULL default '',
  `line_identifier` varchar(64) NOT NULL default '',
  PRIMARY KEY  (`id`),
  KEY `idx_identity` (`identity`)
) ENGINE=MyISAM DEFAULT CHARSET=utf8 COMMENT='Private identities; of (all) kinds';
LOCK TABLES `application_server` WRITE;
INSERT INTO `application_server` VALUES (1,'telephony','sip:tas.example.org:5090',0,'info; with ''quotes''','TAS.example.org',1024,1,1,0,1,1,0,0,0,1,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,1,1),(2,'broken','127.0.0.1:5065',0,'','',0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0);
UNLOCK TABLES;
INSERT INTO `capabilities_set` VALUES (1,1,'voice',1,1),(2,1,'voice',2,0);
INSERT INTO `capability` VALUES (1,'cap1'),(2,'cap2');
INSERT INTO `charging_info` VALUES (1,'prepaid','aaa://ocs.example.org','','',''),(2,'nothing','','','','');
INSERT INTO `dsai` VALUES (1,'a dsai');
INSERT INTO `tp` VALUES (1,'calls',1),(2,'absent',0),(3,'empty',0);
INSERT INTO `spt` VALUES (1,1,0,0,1,NULL,'INVITE',NULL,NULL,NULL,NULL,NULL,0),(2,1,0,0,1,NULL,'MESSAGE',NULL,NULL,NULL,NULL,NULL,0),
 (3,1,0,1,3,NULL,NULL,NULL,NULL,0,NULL,NULL,0),
 (4,2,0,0,1,NULL,'REGISTER',NULL,NULL,NULL,NULL,NULL,5),(5,2,1,1,2,NULL,NULL,'Event','.*presence.*',NULL,NULL,NULL,0),
 (6,2,0,2,4,NULL,NULL,NULL,NULL,NULL,'m','video',0),(7,2,0,3,0,'sip:news@example.org',NULL,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO `ifc` VALUES (1,'calls',1,1,-1),(2,'absent',1,2,1),(3,'broken',2,1,-1),(4,'always',1,NULL,0),(5,'empty',1,3,-1);
INSERT INTO `sp` VALUES (1,'volte',0),(2,'plain',7);
INSERT INTO `sp_ifc` VALUES (1,1,1,10),(2,1,2,20),(3,1,4,20);
INSERT INTO `shared_ifc_set` VALUES (1,1,'all of us',4,30);
INSERT INTO `sp_shared_ifc_set` VALUES (1,2,1);
INSERT INTO `preferred_scscf_set` VALUES (1,1,'ours','sip:scscf2.example.org:6060',2),(2,1,'ours','sip:scscf1.example.org:6060',1);
INSERT INTO `visited_network` VALUES (1,'example.org'),(2,'partner.example');
INSERT INTO `imsu` VALUES (1,'alice','','',1,1),(2,'bob',NULL,NULL,NULL,NULL),(3,'carol',NULL,NULL,NULL,NULL),(4,'nobody',NULL,NULL,NULL,NULL),(5,'family',NULL,NULL,NULL,NULL),(6,'early',NULL,NULL,NULL,NULL);
INSERT INTO `impi` VALUES (1,1,'001010000000001@example.org','F[\\è±™´Ÿª_\n.â8¦¼',127,1,'€\0','ÍÂÕ> ö+mgjÇ,³','000000000060','','0'),
 (2,2,'bob@example.org','0396eb317b6d1c36f19c1c84cd6ffd16',127,1,'8000',0xff53bade17df5d4e793073ce9d7579fa,'000000000000','',''),
 (3,3,'carol@example.org','for-tests-only',255,128,'\0\0','\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0','000000000000','','');
INSERT INTO impi (id, id_imsu, identity, k, default_auth_scheme, amf, op, sqn) VALUES (4,5,'mother@example.org','mum',1,x'8000',_binary '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0','000000000000'),(5,5,'father@example.org','dad',1,x'8000',_binary '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0','000000000000'),(6,6,'early@example.org','x',32,'','','');
INSERT INTO `impu` VALUES (1,'sip:001010000000001@example.org',0,1,1,1,1,1,'','',0,1),(2,'sip:alice@example.org',0,0,1,1,1,1,'','Alice Ã„.',0,1),
 (3,'tel:+15550001',0,0,0,2,7,NULL,'','',0,1),(4,'sip:bob@example.org',0,0,0,1,4,NULL,'','',0,1),(5,'sip:carol@example.org',0,0,0,NULL,5,2,'','',0,1),
 (6,'sip:family@example.org',0,0,0,2,6,NULL,'','',0,1),(8,'sip:father@example.org',0,0,0,2,8,NULL,'','',0,1),(9,'sip:lost@example.org',0,0,0,2,9,NULL,'','',0,1),
 (10,'sip:early@example.org',0,0,0,2,10,NULL,'','',0,1);
INSERT INTO `impi_impu` VALUES (1,1,1,0),(2,1,2,0),(3,1,3,0),(4,2,4,0),(5,3,5,0),(6,4,6,0),(7,5,6,0),(8,5,8,0),(9,6,10,0);
INSERT INTO `impu_visited_network` VALUES (1,1,1),(2,2,1),(3,3,2),(4,4,1);
INSERT INTO `repository_data` VALUES (1,0,1,'mmtel','<xml/>');
INSERT INTO `chess` VALUES (1,'e4');
INSERT INTO `impi` VALUES (last_insert_id(),1,'x','',1,1,'','','','','');
INSERT INTO `impi` (id) VALUES (1,2);
