import Octets

// The stored form: a line for each setting that is not as it was made, `NAME VALUE`.
extension ServiceSettings {
    package var record: [UInt8] {
        let plain = ServiceSettings()
        var text = ""
        for setting in Setting.allCases {
            let value = setting.text(in: self)
            if value != setting.text(in: plain) { text += "\(setting.rawValue) \(value)\n" }
        }
        return Array(text.utf8)
    }

    /// - Throws: the first line that is not understood, such as one of a later version: nothing of it is guessed.
    package init(record: [UInt8]) throws(SettingFault) {
        self.init()
        for line in OctetSlice(record).string.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let setting = Setting(rawValue: String(parts[0])) else {
                throw .unknown(String(line))
            }
            try setting.set(String(parts[1]), in: &self)
        }
    }
}
