"""A few everyday sentences in each of eight languages, by code."""

SENTENCES = {
    "en": (
        "The parcel was left at the wrong door again.",
        "Could you please send me the invoice for last month?",
        "My new card does not work in any of the shops.",
        "We waited for an hour and nobody answered the phone.",
        "The colour of the lamp is nicer than in the picture.",
        "Thank you for the quick help with my account.",
    ),
    "de": (
        "Das Paket wurde schon wieder vor die falsche Tür gelegt.",
        "Könnten Sie mir bitte die Rechnung vom letzten Monat schicken?",
        "Meine neue Karte funktioniert in keinem Geschäft.",
        "Wir haben eine Stunde gewartet und niemand ging ans Telefon.",
        "Die Farbe der Lampe ist schöner als auf dem Bild.",
        "Vielen Dank für die schnelle Hilfe mit meinem Konto.",
    ),
    "fr": (
        "Le colis a encore été déposé devant la mauvaise porte.",
        "Pourriez-vous m'envoyer la facture du mois dernier ?",
        "Ma nouvelle carte ne fonctionne dans aucun magasin.",
        "Nous avons attendu une heure et personne n'a répondu.",
        "La couleur de la lampe est plus belle que sur la photo.",
        "Merci beaucoup pour votre aide rapide avec mon compte.",
    ),
    "es": (
        "El paquete lo dejaron otra vez en la puerta equivocada.",
        "¿Podrían enviarme la factura del mes pasado, por favor?",
        "Mi tarjeta nueva no funciona en ninguna tienda.",
        "Esperamos una hora y nadie contestó el teléfono.",
        "El color de la lámpara es más bonito que en la foto.",
        "Muchas gracias por la ayuda tan rápida con mi cuenta.",
    ),
    "ru": (
        "Посылку опять оставили у чужой двери.",
        "Пришлите мне, пожалуйста, счёт за прошлый месяц.",
        "Моя новая карта не работает ни в одном магазине.",
        "Мы ждали целый час, но никто не взял трубку.",
        "Цвет лампы красивее, чем на фотографии.",
        "Большое спасибо за быструю помощь с моим счётом.",
    ),
    "zh": (
        "包裹又被放在了别人家的门口。",
        "请把上个月的发票发给我好吗？",
        "我的新卡在哪家商店都不能用。",
        "我们等了一个小时，没有人接电话。",
        "这盏灯的颜色比照片上的好看。",
        "谢谢你们这么快帮我处理账户的问题。",
    ),
    "ar": (
        "تُرك الطرد مرة أخرى أمام الباب الخطأ.",
        "هل يمكنكم إرسال فاتورة الشهر الماضي من فضلكم؟",
        "بطاقتي الجديدة لا تعمل في أي متجر.",
        "انتظرنا ساعة كاملة ولم يرد أحد على الهاتف.",
        "لون المصباح أجمل مما هو في الصورة.",
        "شكرا جزيلا على المساعدة السريعة في حسابي.",
    ),
    "ja": (
        "荷物がまた違う家の前に置かれていました。",
        "先月の請求書を送っていただけますか。",
        "新しいカードがどの店でも使えません。",
        "一時間待ちましたが、誰も電話に出ませんでした。",
        "ランプの色は写真よりきれいです。",
        "アカウントの件で早く助けていただきありがとうございます。",
    ),
}


def rows(language: str, n: int = 60) -> list[tuple[str, str]]:
    """(text, label) of two classes in this language, no text twice."""
    some = SENTENCES[language]
    return [(f"{some[i % 6]} {some[(i // 6) % 6]} {100 + i}", ("a", "b")[i % 2]) for i in range(n)]
