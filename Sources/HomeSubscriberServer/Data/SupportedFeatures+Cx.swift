import Cx

extension [SupportedFeatures] {
    /// The first list of 3GPP, TS 29.229 §7.1.1.
    var cx: CxFeatures {
        first { $0.vendorID == CxDictionary.vendor3GPP && $0.featureListID == 1 }?.featureList ?? []
    }
}
