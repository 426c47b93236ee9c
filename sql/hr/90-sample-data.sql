-- Five hundred people for the sample company. Every one is invented: the mail addresses are example.org's, the telephone
-- numbers come from the blocks that the authorities of each country keep free for films and manuals.
--
--     psql -d hr -f sql/hr/90-sample-data.sql
--
-- -v today=DATE   the day it is; default: the server's current_date; from 2024 on
--
-- Nothing here is random: the same day gives the same rows. What has to stay true (somebody is yet to start, somebody left
-- yesterday) is relative to that day, so sample data of last month are no longer what they say; everything else is fixed.
--
-- E00001 to E00040 each have a story, told beside them. E00041 to E00500 are the crowd.

\set ON_ERROR_STOP on
\encoding UTF8
\if :{?today} \else \set today today \endif
SELECT format('date %L', :'today'::date) AS day \gset

BEGIN;

\ir sites-and-departments.sql

CREATE TEMPORARY TABLE cast_of_people (
        employee_id     text COLLATE "C" PRIMARY KEY,
        given_name      text,
        family_name     text,
        work_email      text,
        mobile          text,
        card_no         text,
        department      text,
        site            text,
        job_title       text,
        status          text,
        hired_on        date,
        leaves_on       date,
        story           text,
        number          integer GENERATED ALWAYS AS (substr(employee_id, 2)::integer) STORED
) ON COMMIT DROP;

INSERT INTO cast_of_people VALUES
        ('E00001', 'Erika', 'Mustermann', 'erika.mustermann@example.org', '+49 30 23125 001', '10001', 'Executive', 'HQ',
         'Managing Director', 'active', '1998-04-01', NULL, 'nothing special: whom to try things with'),
        ('E00002', 'Seán', 'O''Brien-Ní Dhomhnaill', 'sean.obrien@example.org', '+44 7700 900002', '10002', 'Sales', 'London',
         'Account Manager', 'active', '2009-09-14', NULL, 'apostrophe, hyphen, blank and accents in a name'),
        ('E00003', 'Nadia', 'Morgen', 'nadia.morgen@example.org', '+49 30 23125 003', '10003', 'Research', 'HQ',
         'Scientist', 'active', :day + 14, NULL, 'starts in a fortnight'),
        ('E00004', 'Jonas', 'Später', 'jonas.spaeter@example.org', '+49 30 23125 004', NULL, 'IT', 'Annex',
         'Engineer', 'active', :day + 90, NULL, 'starts in three months, without a badge yet'),
        ('E00005', 'Łucja', 'Wójcik', 'lucja.wojcik@example.org', '+49 30 23125 005', '10005', 'Finance', 'HQ',
         'Controller', 'leave', '2014-02-01', NULL, 'on parental leave'),
        ('E00006', 'Gregor', 'Gestern', 'gregor.gestern@example.org', '+49 30 23125 006', '10006', 'Production', 'Annex',
         'Fitter', 'left', '2016-05-01', :day - 30, 'left a month ago, badge not given back'),
        ('E00007', 'Paula', 'Jüngst', 'paula.juengst@example.org', '+49 30 23125 007', '10007', 'Sales', 'HQ',
         'Account Manager', 'left', '2019-11-01', :day - 1, 'left yesterday'),
        ('E00008', 'Otto', 'Ruhstand', NULL, '+49 30 23125 008', NULL, 'Production', 'HQ',
         'Foreman', 'retired', '1979-08-01', :day - 400, 'retired, badge given back'),
        ('E00009', 'Bruno', 'Zwischenfall', 'bruno.zwischenfall@example.org', '+49 30 23125 009', '10009', 'Facilities', 'HQ',
         'Technician', 'suspended', '2011-03-01', NULL, 'suspended'),
        ('E00010', 'Carla', 'Kündig', 'carla.kuendig@example.org', '+49 30 23125 010', '10010', 'HR', 'HQ',
         'HR Partner', 'active', '2018-06-01', :day + 21, 'has given notice: leaves in three weeks'),
        ('E00011', 'Leo', 'Letzter', 'leo.letzter@example.org', '+49 30 23125 011', '10011', 'IT', 'HQ',
         'Engineer', 'active', '2020-02-01', :day, 'today is the last day'),
        ('E00012', 'Wanda', 'Wieder', 'wanda.wieder@example.org', '+49 30 23125 012', '10012', 'Research', 'HQ',
         'Scientist', 'active', '2023-01-16', NULL, 'was here from 2015 to 2019, in Sales, and was hired again'),
        ('E00013', 'Ronja', 'Rückkehr', 'ronja.rueckkehr@example.org', '+49 30 23125 013', '10013', 'Facilities', 'Annex',
         'Housekeeper', 'active', :day + 20, NULL, 'left ten days ago and comes back in twenty'),
        ('E00014', 'Petra', 'Paar', 'paar@example.org', '+49 30 23125 014', '10014', 'Production', 'Annex',
         'Operator', 'active', '2005-10-01', NULL, 'shares a mail address with E00015'),
        ('E00015', 'Peter', 'Paar', 'paar@example.org', '+49 30 23125 015', '10015', 'Production', 'Annex',
         'Operator', 'active', '2006-10-01', NULL, 'shares a mail address with E00014'),
        ('E00016', 'Zoë', 'Null', 'zoe.null@example.org', '+49 30 23125 016', '0000081502', 'IT', 'HQ',
         'Administrator', 'active', '2012-12-01', NULL, 'a card number with leading zeros, and the name of nothing'),
        ('E00017', 'Anton', 'Ohnepost', NULL, '+49 30 23125 017', '10017', 'Production', 'Annex',
         'Operator', 'active', '2001-07-01', NULL, 'without a mail address'),
        ('E00018', 'Ella', 'Ohnekarte', 'ella.ohnekarte@example.org', '+49 30 23125 018', NULL, 'Sales', 'HQ',
         'Account Manager', 'active', '2021-07-01', NULL, 'without a badge'),
        ('E00019', 'Theo', 'Ohneruf', 'theo.ohneruf@example.org', NULL, '10019', 'Research', 'HQ',
         'Laboratory Assistant', 'active', '2022-03-01', NULL, 'without a telephone'),
        ('E00020', 'Ida', 'Immer', 'ida.immer@example.org', '+49 30 23125 020', '10020', 'Finance', 'HQ',
         'Controller', 'active', '2008-01-01', 'infinity', 'leaves at infinity'),
        ('E00021', 'Ewald', 'Ewig', 'ewald.ewig@example.org', '+49 30 23125 021', '10021', 'Finance', 'HQ',
         'Accountant', 'active', '2008-01-01', '9999-12-31', 'leaves on 9999-12-31, as payroll has it'),
        ('E00022', 'Zita', 'Zwischen', 'zita.zwischen@example.org', '+49 30 23125 022', '10022', NULL, NULL,
         NULL, 'active', '2010-05-01', NULL, 'between two positions: the old one has ended, the next begins in a month'),
        -- U+0301 spelt out, lest an editor compose it.
        ('E00023', E'Jose\xcc\x81', 'Combinado', 'jose.combinado@example.org', '+44 7700 900023', '10023', 'Sales', 'London',
         'Account Manager', 'active', '2017-04-01', NULL, 'José, decomposed: e and U+0301'),
        ('E00024', 'José', 'Compuesto', 'jose.compuesto@example.org', '+44 7700 900024', '10024', 'Sales', 'London',
         'Account Manager', 'active', '2017-04-01', NULL, 'José, composed: U+00E9'),
        ('E00025', NULL, 'Suhartini', 'suhartini@example.org', '+61 2 5550 0025', '10025', 'Production', 'Sydney',
         'Operator', 'active', '2019-01-07', NULL, 'has one name'),
        ('E00026', 'Alva', 'Sonder', 'alva.sonder@example.org', '+49 30 23125 026', '10026', 'IT', 'HQ',
         'Administrator', 'active', '2013-09-01', NULL, 'an access profile of two levels'),
        ('E00027', 'Emil', 'Leer', 'emil.leer@example.org', '+49 30 23125 027', '10027', 'IT', 'HQ',
         'Engineer', 'active', '2013-09-01', NULL, 'an access profile that is empty'),
        ('E00028', 'Işıl', 'Yıldırım', 'isil.yildirim@example.org', '+49 30 23125 028', '10028', 'Security', 'HQ',
         'Shift Leader', 'active', '2015-08-17', NULL, 'dotless i: ı, whose capital is I'),
        ('E00029', 'Vera', 'Verloren', 'vera.verloren@example.org', '+49 30 23125 029', '10129', 'Security', 'Annex',
         'Security Officer', 'active', '2016-02-01', NULL, 'lost card 10029 and has a new one'),
        ('E00030', 'Uwe', 'Umzug', 'uwe.umzug@example.org', '+49 30 23125 030', '10030', 'Security', 'HQ',
         'Security Officer', 'active', '2010-11-01', NULL, 'moves from Security to Sales tomorrow'),
        ('E00031', 'Adolph Blaine Charles David Earl Frederick Gerald Hubert Irvin',
         'Wolfeschlegelsteinhausenbergerdorff-von-der-Langenstrasse-zu-Guterletzt', 'a.b.c.d@example.org', '+1 212 555 0131',
         '10031', 'Research', 'New York', 'Scientist', 'active', '2018-10-15', NULL, 'a name that fits nowhere'),
        ('E00032', 'Max', 'Groß', 'Max.Gross+Werk2@Example.ORG', '+49 30 23125 032', '10032', 'Production', 'HQ',
         'Foreman', 'active', '2007-03-01', NULL, 'capitals and a plus in the mail address; ß, which has no capital'),
        ('E00033', 'Hina', 'Buchstab', 'hina.buchstab@example.org', '+49 30 23125 033', 'A8914', 'Sales', 'HQ',
         'Account Manager', 'active', '2020-09-01', NULL, 'a card number that is no number'),
        ('E00034', 'Fenja', 'Frisch', 'fenja.frisch@example.org', '+49 30 23125 034', '10034', 'Facilities', 'HQ',
         'Housekeeper', 'active', :day, NULL, 'today is the first day'),
        ('E00035', 'Ulla', 'Uhr', 'ulla.uhr@example.org', '+49 30 23125 035', '10035', 'Facilities', 'HQ',
         'Housekeeping Lead', 'active', '2004-04-01', NULL, 'Housekeeping at headquarters'),
        ('E00036', 'Ansgar', 'Annexer', 'ansgar.annexer@example.org', '+49 30 23125 036', '10036', 'Facilities', 'Annex',
         'Housekeeping Lead', 'active', '2004-04-01', NULL, 'Housekeeping at the annex'),
        ('E00037', 'Siegrid', 'Sicher', 'siegrid.sicher@example.org', '+49 30 23125 037', '10037', 'Security', 'HQ',
         'Head of Security', 'active', '2002-01-01', NULL, 'the security officer'),
        ('E00038', 'Kawehi', 'Kaʻōpua', 'kawehi.kaopua@example.org', '+1 808 555 0138', '10038', 'Observatory', 'Honolulu',
         'Astronomer', 'active', '2011-06-01', NULL, 'ʻokina, which is a letter; and the last midnight of all sites'),
        ('E00039', 'N''Golo', 'd''Aubigné', 'ngolo.daubigne@example.org', '+44 7700 900039', '10039', 'Sales', 'London',
         'Account Manager', 'active', '2012-01-09', NULL, 'overlapping positions: nobody has ended the one in IT'),
        ('E00040', '"Bo"; DROP', 'Table--', 'bo.table@example.org', '+1 212 555 0140', '10040', 'IT', 'New York',
         'Engineer', 'active', '2014-04-01', NULL, 'whose parents read comics: quotes, semicolons, {braces} and %s');

-- The crowd: names|as the mail address spells them. A person of each origin takes the given names in turn and another
-- family name on each round, which gives a hundred different names an origin.
CREATE TEMPORARY TABLE origins (origin integer, given_names text[], family_names text[]) ON COMMIT DROP;
INSERT INTO origins VALUES
        -- German
        (0, '{Jürgen|juergen,Käthe|kaethe,Björn|bjoern,Annegret|annegret,Götz|goetz,Sören|soeren,Heike|heike,Lüder|lueder,Mareike|mareike,Jörg|joerg}',
            '{Müller|mueller,Weiß|weiss,Großkopf|grosskopf,Schäfer|schaefer,von der Höhe|vonderhoehe,Krüger|krueger,Böhm|boehm,Schulze-Lührs|schulze-luehrs,Köhler|koehler,Vogt|vogt}'),
        -- English, Irish, Welsh
        (1, '{Siobhán|siobhan,Rhys|rhys,Aoife|aoife,Graham|graham,Niamh|niamh,Gwendolen|gwendolen,Keir|keir,Ottilie|ottilie,Dáithí|daithi,Imogen|imogen}',
            '{O''Neill|oneill,Llewellyn-Jones|llewellyn-jones,MacGregor|macgregor,D''Arcy|darcy,Featherstonehaugh|featherstonehaugh,Ó Súilleabháin|osuilleabhain,Smith|smith,St John|stjohn,Fitzpatrick|fitzpatrick,Ap Rhys|aprhys}'),
        -- French
        (2, '{Élodie|elodie,Jean-François|jean-francois,Noëlle|noelle,Gaël|gael,Maëlys|maelys,Cédric|cedric,Anaïs|anais,Benoît|benoit,Françoise|francoise,Loïc|loic}',
            '{Lefèvre|lefevre,d''Alembert|dalembert,Dupont-Moretti|dupont-moretti,L''Hôpital|lhopital,Béranger|beranger,Garçon|garcon,Châtelain|chatelain,Le Goff|legoff,Sœur|soeur,Nuñez|nunez}'),
        -- Spanish, Portuguese
        (3, '{Iñigo|inigo,João|joao,Begoña|begona,Nicolás|nicolas,Conceição|conceicao,Raúl|raul,María José|mariajose,Sebastião|sebastiao,Ángel|angel,Inês|ines}',
            '{Núñez de Balboa|nunezdebalboa,Gonçalves|goncalves,Peña y Lillo|penaylillo,Simões|simoes,Ibáñez|ibanez,Magalhães|magalhaes,Güell|gueell,Araújo|araujo,Muñoz|munoz,Assunção|assuncao}'),
        -- Polish, Czech, Hungarian, Romanian
        (4, '{Grzegorz|grzegorz,Małgorzata|malgorzata,Jiří|jiri,Zdeněk|zdenek,Zsófia|zsofia,Győző|gyoezoe,Ștefan|stefan,Ioana|ioana,Bożena|bozena,Tomáš|tomas}',
            '{Brzęczyszczykiewicz|brzeczyszczykiewicz,Dvořák|dvorak,Szőke|szoeke,Țepeș|tepes,Łukasiewicz|lukasiewicz,Růžička|ruzicka,Nagy|nagy,Śliwa|sliwa,Žižka|zizka,Brâncuși|brancusi}'),
        -- Nordic, Icelandic
        (5, '{Åsa|aasa,Øyvind|oeyvind,Þórunn|thorunn,Guðmundur|gudmundur,Æsa|aesa,Jüri|jyri,Väinö|vainoe,Sigríður|sigridur,Håkon|haakon,Märta|maerta}',
            '{Ångström|aangstroem,Bjørnson|bjoernson,Þorgilsdóttir|thorgilsdottir,Sørensen|soerensen,Hämäläinen|haemaelaeinen,Øvergård|oevergaard,Guðjónsson|gudjonsson,Sjöberg|sjoeberg,Nygård-Lie|nygaard-lie,Ærø|aeroe}'),
        -- Turkish: ı and İ
        (6, '{İlknur|ilknur,Işık|isik,Çağla|cagla,Ümit|umit,Şükrü|sukru,Gülşen|gulsen,Ilgın|ilgin,Özgür|ozgur,Doğan|dogan,İbrahim|ibrahim}',
            '{Kılıç|kilic,Yılmaz|yilmaz,Öztürk|ozturk,Şahin|sahin,Aydın|aydin,Çelik|celik,Ünlü|unlu,Balcı|balci,Güneş|gunes,İnönü|inonu}'),
        -- Vietnamese
        (7, '{Thị Hương|thihuong,Văn Đức|vanduc,Ngọc Ánh|ngocanh,Quốc Bảo|quocbao,Thùy Dương|thuyduong,Minh Triết|minhtriet,Mỹ Lệ|myle,Hữu Phước|huuphuoc,Bích Thủy|bichthuy,Xuân Trường|xuantruong}',
            '{Nguyễn|nguyen,Trần|tran,Phạm|pham,Huỳnh|huynh,Võ|vo,Đặng|dang,Bùi|bui,Đỗ|do,Hồ|ho,Lê|le}'),
        -- Greek
        (8, '{Ελένη|eleni,Γιώργος|giorgos,Αθανασία|athanasia,Νίκος|nikos,Χρυσούλα|chrysoula,Θεόδωρος|theodoros,Ζωή|zoi,Οδυσσέας|odysseas,Μαρία|maria,Ξένια|xenia}',
            '{Παπαδοπούλου|papadopoulou,Οικονόμου|oikonomou,Ψαρράς|psarras,Χατζηδάκης|chatzidakis,Θεοδωράκη|theodoraki,Ξυλούρης|xylouris,Αγγελίδης|angelidis,Βλάχου|vlachou,Ζαχαρίου|zachariou,Μπακογιάννης|bakogiannis}'),
        -- Russian, Ukrainian, Serbian
        (9, '{Дмитрий|dmitrij,Наталія|natalija,Фёдор|fjodor,Зоя|zoja,Юлія|julija,Љубица|ljubica,Андрій|andrij,Щукарь|schtschukar,Олег|oleg,Їжак|jizhak}',
            '{Щербакова|schtscherbakowa,Шевченко|schewtschenko,Ђорђевић|djordjevic,Ёлкин|jolkin,Кравчук|krawtschuk,Соловьёва|solowjowa,Їжакевич|jizhakewytsch,Жуковская|schukowskaja,Ґалаґан|galagan,Ньегош|njegosch}'),
        -- Arabic, Persian
        (10, '{محمد|mohammed,فاطمة|fatima,يوسف|yusuf,ليلى|layla,عبد الرحمن|abdulrahman,نور|nour,خديجة|khadija,پرویز|parviz,مريم|maryam,حسین|hossein}',
            '{الهاشمي|alhashimi,بن سعيد|bensaid,الخوري|alkhoury,رستمی|rostami,النجار|alnajjar,حدّاد|haddad,القاسم|alqasim,گلستانی|golestani,المصري|almasri,درويش|darwish}'),
        -- Hebrew
        (11, '{נורית|nurit,דוד|david,שרה|sara,יעקב|yaakov,תמר|tamar,אבנר|avner,רות|ruth,אלון|alon,מיכל|michal,איתן|eitan}',
            '{כהן|cohen,לוי|levi,בן־דוד|ben-david,שפירא|shapira,אביטל|avital,מזרחי|mizrahi,ברק|barak,גולן|golan,פלד|peled,צור|zur}'),
        -- Chinese
        (12, '{秀英|xiuying,伟|wei,雪梅|xuemei,建国|jianguo,芳|fang,志明|zhiming,麗華|lihua,子軒|zixuan,小龍|xiaolong,静|jing}',
            '{王|wang,李|li,張|zhang,刘|liu,陈|chen,楊|yang,歐陽|ouyang,赵|zhao,黃|huang,周|zhou}'),
        -- Japanese
        (13, '{さくら|sakura,太郎|taro,ゆうこ|yuko,健一|kenichi,美咲|misaki,ヒロシ|hiroshi,花子|hanako,翔太|shota,恵|megumi,りん|rin}',
            '{佐々木|sasaki,髙橋|takahashi,渡邉|watanabe,山田|yamada,小鳥遊|takanashi,ｽｽﾞｷ|suzuki,中村|nakamura,一|ninomae,東海林|shoji,五十嵐|igarashi}'),
        -- Korean
        (14, '{지훈|jihun,서연|seoyeon,민준|minjun,하은|haeun,길동|gildong,영희|younghee,철수|cheolsu,수아|sua,준호|junho,예린|yerin}',
            '{김|kim,이|yi,박|park,최|choi,정|jeong,남궁|namgung,강|kang,제갈|jegal,윤|yoon,황보|hwangbo}'),
        -- Nepali, Hindi
        (15, '{सीता|sita,प्रकाश|prakash,अनीता|anita,राम बहादुर|rambahadur,लक्ष्मी|laxmi,कृष्ण|krishna,पूर्णिमा|purnima,विष्णु|bishnu,सरस्वती|saraswati,ज्ञान|gyan}',
            '{श्रेष्ठ|shrestha,तामाङ|tamang,गुरुङ|gurung,शर्मा|sharma,थापा|thapa,क्षेत्री|chhetri,राई|rai,पौडेल|paudel,मगर|magar,अधिकारी|adhikari}'),
        -- Yoruba, Igbo
        (16, '{Ọláolúwa|olaoluwa,Chiọma|chioma,Adébáyọ̀|adebayo,Ngọzi|ngozi,Ṣadé|sade,Ìyábọ̀|iyabo,Ụzọma|uzoma,Títílayọ̀|titilayo,Olúṣẹ́gun|olusegun,Adaọbị|adaobi}',
            '{Adéyẹmí|adeyemi,Okonkwọ|okonkwo,Ṣóyínká|soyinka,Ọbásanjọ́|obasanjo,Nwáòbí|nwaobi,Àkànní|akanni,Ẹzeụgo|ezeugo,Ògúnṣọlá|ogunsola,Ìdòwú|idowu,Ụ̀bá|uba}'),
        -- Hawaiian, Māori
        (17, '{Kaʻiulani|kaiulani,Kekoa|kekoa,Noʻeau|noeau,Leilani|leilani,Māhealani|mahealani,Ngāio|ngaio,Tāne|tane,Aroha|aroha,Keʻala|keala,Wīremu|wiremu}',
            '{Kamehameha-Liʻi|kamehameha-lii,Kealoha|kealoha,Nāmākēhā|namakeha,ʻAkana|akana,Te Rangihīroa|terangihiroa,Ngata|ngata,Kahananui|kahananui,Parāone|paraone,Hoʻopili|hoopili,Kūkona|kukona}');

INSERT INTO cast_of_people
SELECT 'E' || lpad(n::text, 5, '0'),
       split_part(given, '|', 1),
       split_part(family, '|', 1),
       CASE WHEN n % 50 <> 17 THEN split_part(given, '|', 2) || '.' || split_part(family, '|', 2) || '@example.org' END,
       CASE site WHEN 'New York' THEN '+1 212 555 01' || lpad(round::text, 2, '0')
                 WHEN 'Honolulu' THEN '+1 808 555 01' || lpad(round::text, 2, '0')
                 WHEN 'Sydney' THEN '+61 2 5550 0' || lpad(n::text, 3, '0')
                 WHEN 'HQ' THEN '+49 30 23125 ' || lpad(n::text, 3, '0')
                 WHEN 'Annex' THEN '+49 30 23125 ' || lpad(n::text, 3, '0')
                 ELSE '+44 7700 900' || lpad(n::text, 3, '0') END,
       CASE WHEN n % 40 <> 23 THEN (20000 + n * 37)::text END,
       department, site,
       titles[1 + round % cardinality(titles)],
       CASE WHEN left_days IS NOT NULL AND n % 2 = 0 THEN 'left'
            WHEN left_days IS NOT NULL THEN 'retired'
            WHEN n % 31 = 5 THEN 'leave'
            WHEN n % 97 = 11 THEN 'suspended'
            ELSE 'active' END,
       CASE WHEN n % 43 = 7 THEN :day + 1 + n % 50 ELSE date '1985-01-01' + n * 193 % 12000 END,
       CASE WHEN left_days IS NOT NULL THEN :day - left_days
            WHEN n % 61 = 9 THEN :day + 60 + n % 300 END
  FROM (SELECT n,
               n / 20 AS round,
               CASE WHEN n % 17 = 3 AND n % 43 <> 7 THEN 1 + n * 11 % 700 END AS left_days,
               -- Of twenty people, who works where and comes from where.
               (ARRAY['HQ','HQ','HQ','Annex','HQ','HQ','HQ','London','Annex','HQ',
                      'London','HQ','New York','Tokyo','Tokyo','Kathmand','London','Honolulu','Sydney','HQ'])[1 + n % 20] AS site,
               (ARRAY[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 7, 0])[1 + n % 20] AS origin,
               -- The how-manieth of this origin: 7 and 0 come twice.
               n / 20 + CASE WHEN n % 20 >= 18 THEN 50 ELSE 0 END AS turn
          FROM generate_series(41, 500) AS n) AS numbers
  JOIN origins USING (origin)
  CROSS JOIN LATERAL (SELECT given_names[1 + turn % 10] AS given, family_names[1 + (3 * turn + turn / 10) % 10] AS family) AS names
  JOIN (VALUES (0, 'Research',   ARRAY['Scientist', 'Laboratory Assistant', 'Scientist', 'Librarian']),
               (1, 'Production', ARRAY['Operator', 'Fitter', 'Operator', 'Foreman']),
               (2, 'Sales',      ARRAY['Account Manager', 'Sales Assistant']),
               (3, 'Facilities', ARRAY['Housekeeper', 'Technician', 'Housekeeper', 'Housekeeping Lead', 'Gardener']),
               (4, 'IT',         ARRAY['Engineer', 'Administrator', 'Engineer']),
               (5, 'Research',   ARRAY['Scientist', 'Project Leader']),
               (6, 'Security',   ARRAY['Security Officer', 'Security Officer', 'Shift Leader']),
               (7, 'Finance',    ARRAY['Accountant', 'Controller']),
               (8, 'Production', ARRAY['Operator', 'Packer']),
               (9, 'HR',         ARRAY['HR Partner', 'Trainer']),
               (10, 'Sales',     ARRAY['Account Manager', 'Translator'])) AS d (number, department, titles)
    ON d.number = n % 11;

INSERT INTO hr.people (employee_id, given_name, family_name, birth_date, created_at)
SELECT employee_id, given_name, family_name, least(hired_on, '2006-01-01') - 6600 - number * 19 % 9000,
       hired_on - interval '30 days'
  FROM cast_of_people
 ORDER BY employee_id;

INSERT INTO hr.contacts (employee_id, work_email, mobile, private_email, home_address)
SELECT employee_id, work_email, mobile, lower(employee_id) || '@home.example', number || ' Example Street'
  FROM cast_of_people
 ORDER BY employee_id;

INSERT INTO hr.employments (employee_id, status, hired_on, leaves_on, pay_grade)
SELECT employee_id, status, hired_on, leaves_on, 'E' || 5 + number % 11
  FROM cast_of_people
 ORDER BY employee_id;

-- The last position ends with the employment; who leaves at infinity has one until further notice.
INSERT INTO hr.positions (employee_id, department_id, site_code, job_title, access_profile, from_date, to_date)
SELECT employee_id, department_id, site, job_title,
       CASE employee_id WHEN 'E00026' THEN ARRAY['Administration', 'Server Room'] WHEN 'E00027' THEN ARRAY[]::text[] END,
       CASE WHEN number % 9 = 4 AND hired_on + 1000 <= least(leaves_on, :day)
                 AND number > 40 THEN hired_on + 1000
            ELSE hired_on END,
       CASE WHEN leaves_on < '9999-12-31' THEN leaves_on END
  FROM cast_of_people
  JOIN hr.departments ON departments.name = department
 ORDER BY employee_id;

-- Every ninth of the crowd began as a trainee at the annex.
INSERT INTO hr.positions (employee_id, department_id, site_code, job_title, from_date, to_date)
SELECT employee_id, 50, 'Annex', 'Trainee', hired_on, hired_on + 999
  FROM cast_of_people
 WHERE number % 9 = 4 AND hired_on + 1000 <= least(leaves_on, :day) AND number > 40
 ORDER BY employee_id;

INSERT INTO hr.badges (card_no, employee_id, issued_on)
SELECT card_no, employee_id, hired_on
  FROM cast_of_people
 WHERE card_no IS NOT NULL
 ORDER BY employee_id;

-- The rest of the stories.
INSERT INTO hr.badges (card_no, employee_id, issued_on, returned_on, reason) VALUES
        ('10008', 'E00008', '1999-01-01', :day - 400, 'returned'),
        ('09012', 'E00012', '2015-04-01', '2019-09-30', 'returned'),
        ('10029', 'E00029', '2016-02-01', '2022-02-02', 'lost');
UPDATE hr.badges SET issued_on = '2022-02-02' WHERE employee_id = 'E00029' AND card_no = '10129';

INSERT INTO hr.employments (employee_id, status, hired_on, leaves_on, pay_grade) VALUES
        ('E00012', 'left', '2015-04-01', '2019-09-30', 'E9'),
        ('E00013', 'left', '2017-02-01', :day - 10, 'E5');
INSERT INTO hr.positions (employee_id, department_id, site_code, job_title, from_date, to_date) VALUES
        ('E00012', 60, 'HQ', 'Sales Assistant', '2015-04-01', '2019-09-30'),
        ('E00013', 30, 'HQ', 'Housekeeper', '2017-02-01', :day - 10),
        ('E00022', 70, 'HQ', 'Trainer', '2010-05-01', :day - 7),
        ('E00022', 40, 'HQ', 'Librarian', :day + 30, NULL),
        ('E00030', 60, 'HQ', 'Account Manager', :day + 1, NULL),
        ('E00039', 80, 'London', 'Engineer', '2012-01-08', NULL);
UPDATE hr.positions SET to_date = :day WHERE employee_id = 'E00030' AND department_id = 20;

INSERT INTO hr.fobs (fob_no, label, card_no, holder_id, valid_from, valid_until) VALUES
        ('F001', 'Van 1',         '70000001', 'E00009', '2020-01-01', NULL),
        ('F002', 'Van 2',         '70000002', NULL,     '2020-01-01', NULL),
        ('F003', 'Visitor 1',     '70000003', NULL,     NULL,         NULL),
        ('F004', 'Visitor 2',     '00000704', NULL,     NULL,         NULL),
        ('F005', 'Lift engineer', '70000005', 'E00035', '2023-01-01', :day + 60),
        ('F006', 'Old builder',   '70000006', NULL,     '2018-01-01', :day - 60);

COMMIT;

-- Without these the first complete read would be planned blindly.
ANALYZE hr.people, hr.contacts, hr.employments, hr.positions, hr.badges, hr.departments, hr.sites;
